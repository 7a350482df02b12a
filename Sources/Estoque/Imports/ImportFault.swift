import EstoqueTables

/// Why a table cannot be imported at all, or a job cannot do what is asked. What is wrong with single lines is an ``ImportFailure``.
public enum ImportFault: Error, Sendable, Equatable {
  /// The file cannot be read; the reason is in Portuguese.
  case unreadable(reason: String)
  /// There is no record in it.
  case empty
  /// It is larger than allowed.
  case tooLarge(limit: Int)
  /// Columns without which this kind makes no sense.
  case missingColumns([Column])
  /// A mapping names a column that the file does not have.
  case unknownColumn(String)
  /// A mapping gives a meaning that there is not.
  case unknownMeaning(String)
  /// There is no such place in the stock, or it is not in use.
  case unknownLocation(String)
  /// A mapping gives several meanings to one column, which is named by its title or its number.
  case sharedColumn(String, [Column])
  /// A mapping gives one meaning to several columns.
  case repeatedMeaning(Column)
  /// A setting is out of its range.
  case setting(String, value: String, requirement: String)
  /// The same file has been imported, or is being.
  case duplicate(ImportJob.ID, ImportState)
  /// No dealer's line with this code is there.
  case unknownStaged(String)
  /// The dealer's line with this code does not wait any more.
  case notStaged(String)
  /// There is no such job.
  case unknownJob(ImportJob.ID)
  /// The job's state does not permit it.
  case wrongState(ImportJob.ID, ImportState)
  /// Somebody else works on the job by now; nothing is lost or doubled.
  case takenOver(ImportJob.ID)
}

extension ImportFault {
  /// The file belongs to a command, which alone can go on with it.
  static func belongsToCommand(_ id: ImportJob.ID) -> ImportFault {
    .unreadable(
      reason: "a importação \(id) foi iniciada por um comando; repita-o com o mesmo arquivo para continuar")
  }
}
