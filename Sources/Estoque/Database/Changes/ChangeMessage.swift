/// Changes as one instance tells them to another: a line each, `=topic`, `table id`, or `*` for anything; before them who tells it.
struct ChangeMessage: Equatable {
  let sender: String
  let changes: Changes

  /// PostgreSQL takes less than 8000 bytes.
  static let limit = 7_900

  init(sender: String, changes: Changes) { (self.sender, self.changes) = (sender, changes) }

  /// Reads a message; nil for one that is none of ours.
  init?(_ text: String) {
    let lines = text.split(separator: "\n")
    guard let sender = lines.first else { return nil }
    var changes = Changes()
    for line in lines.dropFirst() {
      if line == "*" {
        changes.isUnknown = true
      } else if line.first == "=" {
        changes.topics.insert(String(line.dropFirst()))
      } else {
        let parts = line.split(separator: " ")
        guard parts.count == 2, let id = Int64(parts[1]) else { return nil }
        changes.rows.insert(ChangedRow(String(parts[0]), id))
      }
    }
    self.init(sender: String(sender), changes: changes)
  }

  /// The same as texts that are short enough.
  var texts: [String] {
    let lines =
      changes.isUnknown
      ? ["*"] : changes.topics.sorted().map { "=\($0)" } + changes.rows.map { "\($0.table) \($0.id)" }
    var texts: [String] = []
    var text = sender
    for line in lines {
      // Nobody makes such names; but what cannot be told must not go unheard.
      let line = line.utf8.count > 1_000 || line.contains("\n") ? "*" : line
      if text.utf8.count + line.utf8.count + 1 > Self.limit {
        texts.append(text)
        text = sender
      }
      text += "\n" + line
    }
    return texts + [text]
  }
}
