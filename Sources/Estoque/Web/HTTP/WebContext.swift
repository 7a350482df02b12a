import Hummingbird
import NIOCore

/// What the framework carries along with a request.
struct WebContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any NIOCore.Channel

  init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}
