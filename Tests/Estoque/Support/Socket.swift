import Foundation
import Revoada

/// A client that is a bare socket, so that it can do what clients do.
package final class Socket: Sendable {
  package struct Failed: Error {}
  private let descriptor: Int32

  package init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if connected != 0 { throw Failed() }
    var time = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }
  deinit { close(descriptor) }

  package func write(_ text: String) { write(Array(text.utf8)) }
  package func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
  package func shut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Reads until a text has come, or the other side has closed.
  package func read(until wanted: String? = nil) async throws -> String {
    try await offload { [descriptor] in
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count <= 0 { break }
        bytes += buffer[..<count]
        if let wanted, String(decoding: bytes, as: UTF8.self).contains(wanted) { break }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
