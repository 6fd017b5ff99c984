namespace AlignService.Specs.Data.Formats;

/// <summary>What is wrong with one row; <see cref="DataFile"/> collects them and adds the row's location.</summary>
internal sealed class DataRowException(string message) : Exception(message);
