import EstoqueStock
import Revoada

/// Moments as people's clocks show them. Asks for the offset once an hour of the table's time, since rows come in the order of time, more or less.
final class LocalClock: Sendable {
  private let days: LocalDays
  private let known = Guarded((hour: Int64.min, offset: Int64(0)))

  init(_ days: LocalDays) { self.days = days }

  /// Seconds of the local clock since 1970.
  func seconds(_ moment: Int64) -> Int64 {
    let second = Self.floored(moment, 1_000_000)
    // Clocks are changed at whole quarters of an hour.
    let quarter = Self.floored(second, 900)
    let offset = known.withLock { known in
      if known.hour != quarter { known = (quarter, days.offset(second)) }
      return known.offset
    }
    return second + offset
  }

  /// Days since 1900, as spreadsheets count.
  func serial(_ moment: Int64) -> Double { Double(seconds(moment)) / 86_400 + 25_569 }

  /// `21/11/2026 14:05:33`, or `2026-11-21T17:05:33Z` for programs.
  func text(_ moment: Int64, _ style: ExportStyle) -> String {
    let seconds = style == .brazilian ? seconds(moment) : Self.floored(moment, 1_000_000)
    let number = Self.floored(seconds, 86_400)
    let (day, rest) = (CalendarDay(number: Int(number)), Int(seconds - number * 86_400))
    let (year, month, date) = (day.year, day.month, day.day)
    return String(unsafeUninitializedCapacity: 20) { text in
      var position = 0
      func put(_ byte: Character) {
        text[position] = byte.asciiValue ?? 0
        position += 1
      }
      func put(_ value: Int, _ digits: Int) {
        var (value, place) = (value, position + digits)
        position = place
        for _ in 0..<digits {
          place -= 1
          text[place] = UInt8(value % 10) + 48
          value /= 10
        }
      }
      if style == .brazilian {
        put(date, 2); put("/"); put(month, 2); put("/"); put(year, 4); put(" ")
      } else {
        put(year, 4); put("-"); put(month, 2); put("-"); put(date, 2); put("T")
      }
      put(rest / 3600, 2); put(":"); put(rest / 60 % 60, 2); put(":"); put(rest % 60, 2)
      if style == .plain { put("Z") }
      return position
    }
  }

  private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
    (value >= 0 ? value : value - divisor + 1) / divisor
  }
}
