namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>How a tiktoken encoding splits a text into words. The rank file does not say; it is in each model's code.</summary>
/// <param name="Name">As users name it.</param>
/// <param name="Pattern">Regular expression of one word.</param>
/// <param name="IsNormalized">Whether a text is normalized to NFC first.</param>
/// <param name="AddsBos">Whether the model's own tokenizer puts the begin-of-text token before a text.</param>
internal sealed record TiktokenPattern(string Name, string Pattern, bool IsNormalized = false, bool AddsBos = false)
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)", Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    public static readonly IReadOnlyList<TiktokenPattern> All =
    [
        new("gpt2", @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"),
        new("cl100k", Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest),
        new("llama3", Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest, AddsBos: true),
        new("qwen", Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest, IsNormalized: true),
        new("o200k", $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+{Contractions}?|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*{Contractions}?|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
    ];

    public static string Names => string.Join(", ", All.Select(pattern => pattern.Name));

    /// <exception cref="CheckpointException">There is no pattern of that name.</exception>
    public static TiktokenPattern Named(string name) => All.FirstOrDefault(pattern => pattern.Name == name) ?? throw new CheckpointException($"Unknown tiktoken pattern \"{name}\"; known: {Names}.");
}
