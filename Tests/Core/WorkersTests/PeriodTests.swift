import Foundation
import Revoada
import Testing

@Suite struct PeriodTests {
  @Test func daysAgreeWithTheCalendarOfFoundation() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    for number in stride(from: -100_000, through: 100_000, by: 37) {
      let day = CalendarDay(number: number)
      let date = Date(timeIntervalSince1970: Double(number) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
      #expect(parts.month == day.month && parts.day == day.day)
      #expect(parts.weekday == day.weekday % 7 + 1)
      #expect(CalendarDay(year: day.year, month: day.month, day: day.day) == day)
      if number > -100 { #expect(parts.year == day.year) }
    }
  }

  @Test(arguments: [
    ("2025-02-28", true), ("2024-02-29", true), ("2025-02-29", false), ("1900-02-29", false),
    ("2000-02-29", true),
    ("2025-04-31", false), ("2025-13-01", false), ("2025-00-01", false), ("2025-1-01", false), ("", false),
    ("2025-01-01T00", false), ("-025-01-01", false), ("٢٠٢٥-01-01", false),
  ]) func onlyDatesAreRead(text: String, isDate: Bool) {
    #expect((CalendarDay(text) != nil) == isDate)
    if isDate { #expect(CalendarDay(text)?.description == text) }
  }

  @Test func extremeDaysDoNotTrap() {
    let day: CalendarDay = "2025-01-01"
    #expect(day + .max == CalendarDay(number: .max) && day - .max == CalendarDay(number: .min))
    #expect(day - .min == CalendarDay(number: .max) && day + .min == CalendarDay(number: .min))
    #expect(CalendarDay(year: .max, month: 1, day: 1) == nil)
    #expect(CalendarDay(year: -44, month: 3, day: 15)?.description == "-0044-03-15")
    let end = CalendarDay(number: .max)
    #expect(Period(end - 40, through: end).split(by: .month).reduce(0) { $0 + $1.days } == 41)
  }

  @Test func aYearHasItsMonths() {
    let months = Period("2024-01-01", through: "2024-12-31").split(by: .month)
    #expect(months.map(\.days) == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    #expect(months[1].description == "2024-02-01/2024-02-29")
  }

  @Test func partsBeginAndEndWithThePeriod() {
    let period = Period("2025-03-20", through: "2025-01-15")  // the wrong way round
    #expect(period.first == "2025-01-15" && period.days == 65)
    #expect(
      period.split(by: .month).map(\.description) == [
        "2025-01-15/2025-01-31", "2025-02-01/2025-02-28", "2025-03-01/2025-03-20",
      ])
    let weeks = period.split(by: .week)
    #expect(weeks.first?.description == "2025-01-15/2025-01-19")
    #expect(weeks.dropFirst().dropLast().allSatisfy { $0.days == 7 && $0.first.weekday == 1 })
    #expect(weeks.last?.description == "2025-03-17/2025-03-20")
    #expect(period.contains("2025-01-15") && period.contains("2025-03-20") && !period.contains("2025-03-21"))
  }

  @Test(arguments: Period.Unit.allCases) func partsAreThePeriodWithoutGaps(unit: Period.Unit) {
    for length in [0, 1, 6, 7, 30, 31, 400] {
      let period = Period(
        CalendarDay(number: 20_000 + length), through: CalendarDay(number: 20_000 + 2 * length))
      let parts = period.split(by: unit)
      #expect(parts.first?.first == period.first && parts.last?.last == period.last)
      for (part, next) in zip(parts, parts.dropFirst()) { #expect(part.last + 1 == next.first) }
    }
  }
}
