using AlignService.Text.Tokenization.Files;

namespace AlignService.HuggingFace.Gguf;

/// <summary>`tokenizer.ggml.pre`: llama.cpp splits words by code of its own, which is chosen by a name. It is found here by what tokenizer.json describes, so a name never promises another split.</summary>
internal static class GgufPreTokenizer
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Tail = @"|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string CasedWord =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+{0}|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*{0}";

    /// <summary>Patterns, with what llama.cpp does under the name when a whole word is a token: takes it regardless of merges, or merges.</summary>
    private static readonly (string Pattern, bool IgnoresMerges, string Name)[] Splits =
    [
        (Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Tail, true, "llama-bpe"),
        (Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Tail, false, "smaug-bpe"),
        (Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Tail, false, "qwen2"),
        (CasedWord.Replace("{0}", "", StringComparison.Ordinal) + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Tail, true, "tekken"),
        (CasedWord.Replace("{0}", Contractions + "?", StringComparison.Ordinal) + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Tail, false, "gpt-4o"),
    ];

    /// <summary>The name for a byte-level tokenizer.</summary>
    /// <param name="file">tokenizer.json.</param>
    /// <param name="findings">Receives what llama.cpp leaves out.</param>
    /// <exception cref="CheckpointException">llama.cpp has no such split.</exception>
    internal static string NameOf(JsonField file, List<string> findings)
    {
        CheckNormalizer(file["normalizer"], findings);
        bool ignoresMerges = file["model"]["ignore_merges"].Flag(absent: false);
        JsonField[] parts = [.. Components(file["pre_tokenizer"], "pretokenizers")];
        JsonField bytes = parts[^1];
        if (bytes.ComponentType() != "ByteLevel" || bytes["add_prefix_space"].Flag(absent: true))
        {
            throw Unknown(file, "it must end with ByteLevel without add_prefix_space");
        }

        bool splits = bytes["use_regex"].Flag(absent: true);
        string? name = parts[..^1] switch
        {
            [] when splits && !ignoresMerges => "gpt-2",
            [var digits] when splits && !ignoresMerges && digits.ComponentType() == "Digits" && digits["individual_digits"].Flag(absent: false) => "smollm",
            [var split] when !splits && split.ComponentType() == "Split" && IsIsolated(split) => NameOf(split["pattern"]["Regex"].TextOrNull(), ignoresMerges),
            _ => null,
        };
        return name ?? throw Unknown(file, "it is none of those that llama.cpp knows by name: gpt-2, smollm, " + string.Join(", ", Splits.Select(split => split.Name)));
    }

    /// <summary>The parts of a sequence, or the component itself; none where there is none.</summary>
    internal static IEnumerable<JsonField> Components(JsonField field, string list) =>
        field.IsNull ? [] : field.ComponentType() == "Sequence" ? field[list].Items().SelectMany(item => Components(item, list)) : [field];

    private static string? NameOf(string? pattern, bool ignoresMerges) =>
        Splits.Where(split => split.Pattern == pattern && split.IgnoresMerges == ignoresMerges).Select(split => split.Name).FirstOrDefault();

    private static bool IsIsolated(JsonField split) => split["behavior"].TextOrNull() is null or "Isolated" or "isolated" && !split["invert"].Flag(absent: false);

    private static void CheckNormalizer(JsonField normalizer, List<string> findings)
    {
        foreach (JsonField part in Components(normalizer, "normalizers"))
        {
            if (part.ComponentType() != "NFC")
            {
                throw new CheckpointException($"{part.Path}: llama.cpp does not apply the normalizer {part.ComponentType()} before byte-level tokens, so it would encode other tokens. Export --format hf instead.");
            }

            findings.Add("The tokenizer composes characters first (NFC), and llama.cpp does not: text with combining marks, such as e + U+0301, is encoded differently there.");
        }
    }

    private static CheckpointException Unknown(JsonField file, string reason) =>
        new($"{file["pre_tokenizer"].Path}: llama.cpp has no such pre-tokenizer: {reason}. Export --format hf instead.");
}
