/// The part of a Lua traceback that helps: the script's own lines.
public enum Traceback {
  /// More lines than this are an endless recursion; its middle says nothing new.
  private static let longest = 20

  /// The script's frames; `nil` when there is only the one that the message names anyway.
  public static func useful(_ traceback: String?) -> String? {
    guard let traceback else { return nil }
    // Frames of the runtime's own Lua code and of native functions are no places a script can be mended at.
    var frames = traceback.split(separator: "\n").dropFirst().filter { line in
      let frame = line.drop { $0 == "\t" || $0 == " " }
      return !frame.hasPrefix("(revoada)") && !frame.hasPrefix("[C]") && !frame.hasPrefix("(...tail")
    }
    guard frames.count > 1 else { return nil }
    if frames.count > longest {
      let half = longest / 2
      frames = frames.prefix(half) + ["\t..."] + frames.suffix(half)
    }
    return (["stack traceback:"] + frames).joined(separator: "\n")
  }
}
