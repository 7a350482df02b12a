#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The resident set of this process in bytes, as the kernel counts it.
public func residentBytes() throws -> Int {
  // The second field of statm is the number of resident pages.
  guard let file = fopen("/proc/self/statm", "r") else {
    throw Row.Wrong(description: "no /proc/self/statm: memory rows need Linux")
  }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, Int32(line.count), file) != nil else {
    throw Row.Wrong(description: "/proc/self/statm is empty")
  }
  let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  let fields = text.split(separator: " ")
  guard fields.count > 1, let pages = Int(fields[1]) else {
    throw Row.Wrong(description: "unexpected /proc/self/statm: \(text)")
  }
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
