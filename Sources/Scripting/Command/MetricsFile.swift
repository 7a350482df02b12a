import RevoadaConsole
import CoreMetrics
import RevoadaObservability

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The metrics of a run, written when it ends: for a collector that reads text files, since a script ends before
/// Prometheus fetches anything.
struct MetricsFile: Sendable {
  private let path: String
  private let metrics = PrometheusMetrics()

  /// Collects metrics from now on; before anything that reports some is made.
  ///
  /// - Throws: a `Failure` if the file could not be written: better now than when the run has ended.
  init(_ path: String) throws(Failure) {
    self.path = path
    if path != "-" {
      fclose(try Self.create(Self.scratch(path), for: path))
      unlink(Self.scratch(path))
    }
    MetricsSystem.bootstrap(metrics)
  }

  /// Writes the metrics as they are now. A reader finds the whole new file or the whole old one.
  func write() throws(Failure) {
    let text = metrics.text()
    if path == "-" { return Console.script(Array(text.utf8)) }
    let scratch = Self.scratch(path)
    let file = try Self.create(scratch, for: path)
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten, rename(scratch, path) == 0 else {
      let failure = Self.unwritable(path)
      unlink(scratch)
      throw failure
    }
  }

  /// Beside the file, for a rename to replace it in one step.
  private static func scratch(_ path: String) -> String { "\(path).\(getpid())" }

  private static func create(_ scratch: String, for path: String) throws(Failure) -> UnsafeMutablePointer<
    FILE
  > {
    guard let file = fopen(scratch, "we") else { throw unwritable(path) }
    return file
  }

  private static func unwritable(_ path: String) -> Failure {
    Failure(.usage, "cannot write the metrics to \(path): \(String(cString: strerror(errno)))")
  }
}
