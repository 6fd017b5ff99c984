using AlignService.Text.Tokenization.Files;

namespace AlignService.HuggingFace.Gguf;

/// <summary>
/// A BPE tokenizer in the manner of SentencePiece, as llama.cpp computes it: it joins the two neighbours whose joined token has the highest score, whichever they are,
/// where tokenizer.json lists the pairs. The result is the same only if the list has every pair that could be joined, which is checked.
/// </summary>
internal sealed class GgufPieces
{
    private const string SpaceText = "\u2581";

    private readonly JsonField _file;
    private readonly GgufVocabulary _vocabulary;
    private readonly List<string> _findings;

    /// <exception cref="CheckpointException">llama.cpp would encode other tokens.</exception>
    internal GgufPieces(JsonField file, GgufVocabulary vocabulary, List<(string Left, string Right)> merges, List<string> findings)
    {
        (_file, _vocabulary, _findings) = (file, vocabulary, findings);
        RequireBytes();
        AddsSpacePrefix = ReadPrefix(out bool splitsWords);
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ranks.TryAdd(merges[rank].Left + merges[rank].Right, rank);
        }

        RequireAllPairs([.. merges], splitsWords);
        Scores = [.. Enumerable.Range(0, vocabulary.Count).Select(id => (float)-ranks.GetValueOrDefault(vocabulary.Texts[id], vocabulary.TypeOf(id) == GgufTokenType.Normal ? merges.Count : 0))];
    }

    /// <summary>A space is put before a text.</summary>
    internal bool AddsSpacePrefix { get; }

    /// <summary>Per token: the higher, the earlier it is joined.</summary>
    internal IReadOnlyList<float> Scores { get; }

    private void RequireBytes()
    {
        HashSet<string> texts = [.. _vocabulary.Texts];
        if (!_file["model"]["byte_fallback"].Flag(absent: false) || !Enumerable.Range(0, 256).All(value => texts.Contains(GgufVocabulary.ByteText(value))))
        {
            throw new CheckpointException($"{_file["model"].Path}: llama.cpp needs a token for every byte, <0x00> to <0xFF>, and byte_fallback, for characters outside the vocabulary. Export --format hf instead.");
        }
    }

    /// <summary>Whether the tokenizer puts a space before a text; refuses what llama.cpp does not do.</summary>
    private bool ReadPrefix(out bool splitsWords)
    {
        JsonField[] normalizers = [.. GgufPreTokenizer.Components(_file["normalizer"], "normalizers")];
        JsonField[] preTokenizers = [.. GgufPreTokenizer.Components(_file["pre_tokenizer"], "pretokenizers")];
        splitsWords = false;
        switch (normalizers, preTokenizers)
        {
            case ([var prepend, var replace], []) when prepend.ComponentType() == "Prepend" && prepend["prepend"].Text() == SpaceText && WritesSpaces(replace):
                return true;
            case ([var replace], []) when WritesSpaces(replace):
                return false;
            case ([var replace], [var split]) when WritesSpaces(replace) && split.ComponentType() == "Split" && split["pattern"]["String"].TextOrNull() == " ":
                return false; // there are no spaces left to split at
            case ([], [var metaspace]) when metaspace.ComponentType() == "Metaspace" && metaspace["replacement"].TextOrNull() is null or SpaceText:
                splitsWords = preTokenizers[0]["split"].Flag(absent: true);
                return ReadScheme(preTokenizers[0]);
            default:
                throw new CheckpointException($"{_file["normalizer"].Path} and pre_tokenizer: llama.cpp writes spaces as {SpaceText}, with one before a text or without, and does nothing else; these do more. Export --format hf instead.");
        }
    }

    private bool ReadScheme(JsonField metaspace)
    {
        string scheme = metaspace["prepend_scheme"].TextOrNull() ?? (metaspace["add_prefix_space"].Flag(absent: true) ? "always" : "never");
        if (scheme == "first")
        {
            _findings.Add("The tokenizer puts a space before a text, but not behind special tokens within it; llama.cpp puts one there too.");
        }

        if (scheme != "never")
        {
            _findings.Add("A text that begins with a space gets no second one from the tokenizer, but does from llama.cpp.");
        }

        return scheme != "never";
    }

    private static bool WritesSpaces(JsonField normalizer) =>
        normalizer.ComponentType() == "Replace" && normalizer["pattern"]["String"].TextOrNull() == " " && normalizer["content"].Text() == SpaceText;

    private void RequireAllPairs(HashSet<(string Left, string Right)> merges, bool splitsWords)
    {
        HashSet<string> joinable = [.. Enumerable.Range(0, _vocabulary.Count).Where(id => _vocabulary.TypeOf(id) == GgufTokenType.Normal).Select(id => _vocabulary.Texts[id])];
        string? example = null;
        int count = 0;
        foreach (string text in joinable)
        {
            for (int at = 1; at < text.Length; at++)
            {
                (string left, string right) = (text[..at], text[at..]);
                if (joinable.Contains(left) && joinable.Contains(right) && (!merges.Contains((left, right)) || (splitsWords && right[0] == GgufVocabulary.Space)))
                {
                    count++;
                    example ??= $"'{left}' and '{right}'";
                    break;
                }
            }
        }

        if (count > 0)
        {
            throw new CheckpointException(
                $"{_file["model"].Path}: llama.cpp joins any two neighbours that make a token, but {count} tokens have pairs that merges does not list, such as {example}: it would encode other tokens. Export --format hf instead.");
        }
    }
}
