using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>Writes a directory's tokenizer.json from its vocabulary: tokenizer.model (SentencePiece or tiktoken) or NAME.tiktoken.</summary>
internal static class TokenizerConverter
{
    private const string ModelFile = "tokenizer.model";
    private const long LargestFile = 100_000_000;
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file to convert; null: there is none.</summary>
    /// <exception cref="CheckpointException">There are several.</exception>
    public static string? Find(string directory)
    {
        string[] found = [.. Directory.EnumerateFiles(directory, "*.tiktoken").Concat(Directory.EnumerateFiles(directory, ModelFile)).Order(StringComparer.Ordinal)];
        return found.Length <= 1 ? found.FirstOrDefault() : throw new CheckpointException($"{directory} has several vocabularies: {string.Join(", ", found.Select(Path.GetFileName))}; keep only the model's own.");
    }

    /// <param name="vocabulary">Found by <see cref="Find"/>.</param>
    /// <param name="pattern">How a tiktoken encoding splits words; null: decided by the settings beside the file.</param>
    /// <exception cref="CheckpointException">It cannot be converted.</exception>
    public static ConvertedTokenizer Convert(string vocabulary, TiktokenPattern? pattern)
    {
        string name = Path.GetFileName(vocabulary);
        if (new FileInfo(vocabulary).Length > LargestFile)
        {
            throw new CheckpointException($"{name} is larger than {LargestFile} bytes.");
        }

        byte[] file = File.ReadAllBytes(vocabulary);
        TokenizerSettings settings = TokenizerSettings.Read(Path.GetDirectoryName(vocabulary)!);
        ConvertedTokenizer converted = name.EndsWith(".tiktoken", StringComparison.Ordinal) || TiktokenConverter.IsTiktoken(file)
            ? TiktokenConverter.Convert(file, name, settings, pattern ?? Usual(name, settings))
            : SentencePieceConverter.Convert(file, name, settings);
        converted.CheckVocabulary();
        return converted;
    }

    public static byte[] Write(ConvertedTokenizer converted) => Encoding.UTF8.GetBytes(converted.Json.ToJsonString(Readable) + "\n");

    private static TiktokenPattern Usual(string name, TokenizerSettings settings)
    {
        string? known = (name, settings.TokenizerClass) switch
        {
            ("qwen.tiktoken", _) or (_, "QWenTokenizer") => "qwen",
            ("gpt2.tiktoken", _) or ("r50k_base.tiktoken", _) or ("p50k_base.tiktoken", _) => "gpt2",
            ("cl100k_base.tiktoken", _) => "cl100k",
            ("o200k_base.tiktoken", _) => "o200k",
            (ModelFile, _) => "llama3",
            _ => null,
        };
        return known is null
            ? throw new CheckpointException($"{name} does not say how it splits words, and its name is unknown; give --tiktoken-pattern ({TiktokenPattern.Names}).")
            : TiktokenPattern.Named(known);
    }
}
