namespace AlignService.Specs.Data.Parquet;

/// <summary>A file that is not Parquet, is damaged, or uses what this reader does not know; the message says which.</summary>
internal sealed class ParquetException(string message) : Exception(message);
