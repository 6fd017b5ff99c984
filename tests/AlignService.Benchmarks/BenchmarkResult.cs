using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlignService.Benchmarks;

/// <summary>One measurement, printed as one JSON line.</summary>
public sealed record BenchmarkResult
{
    private static readonly JsonSerializerOptions LineFormat = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required string Benchmark { get; init; }

    /// <summary>Name of the model's (or tokenizer's) folder; of data, the format.</summary>
    public required string Model { get; init; }

    /// <summary>Numbers in the model's parameters; 0 where no model is involved.</summary>
    public long Parameters { get; init; }

    /// <summary>Rows side by side.</summary>
    public int Rows { get; init; }

    /// <summary>Tokens of one run: sampled, trained or encoded.</summary>
    public required long Tokens { get; init; }

    /// <summary>Median over the runs that count.</summary>
    public required double Seconds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double TokensPerSecond => Math.Round(Tokens / Seconds, 1);

    /// <summary>Millions of bytes of text encoded, or of a file read, a second; only of tokenizers and data.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MegabytesPerSecond { get; init; }

    /// <summary>The same of the very first pass.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ColdMegabytesPerSecond { get; init; }

    /// <summary>By how much the process's own memory grew by loading the model; where it was measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? HeldBytes { get; init; }

    /// <summary>Largest resident size of the whole process since its start, the loading included.</summary>
    public long PeakBytes { get; } = ProcessMemory.PeakBytes();

    public int Threads { get; } = Environment.ProcessorCount;

    public string ToLine() => JsonSerializer.Serialize(this, LineFormat);
}
