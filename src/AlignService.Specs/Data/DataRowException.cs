namespace AlignService.Specs.Data;

/// <summary>What is wrong with one row; <see cref="DataFile"/> gathers them and adds the row's place.</summary>
internal sealed class DataRowException(string message) : Exception(message);
