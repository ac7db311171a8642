/** What a service of the embedded cloud is, whether it is reached in this process or over loopback. */

export interface Request {
  method: string
  path: string
  query: { [name: string]: string | undefined }
  headers: { [name: string]: string | undefined }
  body: string
}

export interface Answer {
  status: number
  headers: { [name: string]: string }
  body: string
}

/** The name of a call (`PutItem`) and what carries it out. */
export interface Call<T = Answer> {
  operation: string
  run(): Promise<T>
}

export interface Service {
  /** Reads a request far enough to name it; throws `ServiceError` for what is no call of this service. */
  call(request: Request): Call
  /**
   * The same without a request: the input of an SDK's command, the output that its caller gets. For the calls that are made
   * for every journey; undefined for one that has to be made as a request.
   */
  direct?(operation: string, input: object): (() => Promise<object>) | undefined
}

/** An error that AWS would answer with, by the name its SDK throws. */
export class ServiceError extends Error {
  readonly status: number
  /** Further members of the answer, for example the item that failed a condition. */
  more: object

  constructor(name: string, message: string, status = 400, more: object = {}) {
    super(message)
    this.name = name
    this.status = status
    this.more = more
  }

  answer(contentType: string): Answer {
    return {
      status: this.status,
      headers: { 'content-type': contentType, 'x-amzn-errortype': this.name },
      body: JSON.stringify({ __type: this.name, message: this.message, Message: this.message, ...this.more }),
    }
  }
}

export function json(value: object, contentType: string): Answer {
  return { status: 200, headers: { 'content-type': contentType }, body: JSON.stringify(value) }
}

/** The operation of an AWS JSON request: `DynamoDB_20120810.PutItem` → `PutItem`. */
export function target(request: Request): string {
  return (request.headers['x-amz-target'] ?? '').split('.')[1] ?? ''
}

export function parseBody(request: Request): unknown {
  try {
    return request.body === '' ? {} : JSON.parse(request.body)
  } catch {
    throw new ServiceError('SerializationException', 'the body is not JSON')
  }
}
