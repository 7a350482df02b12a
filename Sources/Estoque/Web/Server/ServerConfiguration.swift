import EstoqueDatabase
import EstoqueImports
import EstoqueReports
import EstoqueStock
import Foundation
import RevoadaScheduling

/// Everything that can be chosen about ``EstoqueServer``.
public struct ServerConfiguration: Sendable {
  /// Where it listens; loopback, unless a proxy with TLS stands in front.
  public var host = "127.0.0.1"
  /// The port; 0 for any that is free.
  public var port = 8080
  /// The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses, or networks as `10.0.0.0/8`.
  public var trustedProxies: [String] = []
  /// Whether browsers reach it by TLS although no trusted proxy says so: cookies are then marked as secure.
  public var isSecure = false
  /// What the company is called, on all pages.
  public var company = ""
  /// Whether the stock may go below zero.
  public var negativeStock = NegativeStock.refused
  /// What imports by upload begin with; what a request says comes on top. Whether stock may go below zero, ``negativeStock`` tells.
  public var imports = ImportOptions()
  /// How many requests a second each user may send.
  public var requestsPerSecond = 10.0
  /// How many requests each user may send at once.
  public var burst = 50
  /// The largest body of a request, in bytes, but for uploads.
  public var bodyLimit = 1 << 20
  /// The largest upload, in bytes.
  public var uploadLimit = 256 << 20
  /// How many files an upload may have.
  public var uploadFiles = 1000
  /// How long a request may take.
  public var requestTime = Duration.seconds(15)
  /// How long the body of a request may take to come; uploads have ten times that.
  public var bodyTime = Duration.seconds(30)
  /// After how long without a request a connection is closed.
  public var idleTime = Duration.seconds(60)
  /// How long requests that run may take to end when the server is shut down.
  public var shutdownTime = Duration.seconds(5)
  /// How often a silent stream of events shows that it lives.
  public var heartbeat = Duration.seconds(15)
  /// How many events are kept for those who reconnect.
  public var eventHistory = 1024
  /// The most streams of events at once.
  public var eventStreams = 1000
  /// How old an encoded page may be if another instance has changed what it shows and could not tell. One's own changes show at once, and others' as soon
  /// as they are heard of.
  public var pageAge = Duration.seconds(1)
  /// Where uploads are kept until they have been taken over.
  public var spool = FileManager.default.temporaryDirectory.appending(path: "estoque-uploads").path
  /// Where the web pages are; nil for those beside the program.
  public var pages: String?
  /// Whether anybody may read `/metrics`; otherwise whoever is signed in, or asks from the same machine.
  public var publishesMetrics = false
  /// Microseconds since 1970 in UTC.
  public var clock: @Sendable () -> Int64 = { WallClock.now() }

  /// The defaults.
  public init() {}

  /// Finds a setting that makes no sense.
  public func validate() throws(InvalidSetting) {
    var check = SettingsCheck("server")
    check.require(!host.isEmpty, "host", host, "an address")
    check.require((0...65_535).contains(port), "port", port, "from 0 to 65535")
    for proxy in trustedProxies {
      check.require(Network(proxy) != nil, "trusted proxy", proxy, "an address or a network")
    }
    check.require(
      requestsPerSecond > 0 && requestsPerSecond < 1e9, "requests per second", requestsPerSecond, "above zero"
    )
    for (name, count) in [
      ("burst", burst), ("body limit", bodyLimit), ("upload limit", uploadLimit),
      ("upload files", uploadFiles),
      ("event history", eventHistory), ("event streams", eventStreams),
    ] { check.require(count >= 1, name, count, "at least 1") }
    for (name, time) in [
      ("request time", requestTime), ("body time", bodyTime), ("idle time", idleTime),
      ("shutdown time", shutdownTime), ("heartbeat", heartbeat), ("page age", pageAge),
    ] {
      check.require(time > .zero && time <= .seconds(86_400), name, "\(time)", "above zero, a day at most")
    }
    try check.end()
  }
}
