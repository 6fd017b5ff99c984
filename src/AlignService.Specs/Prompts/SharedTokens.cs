using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Directories;
using AlignService.Text;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Prompts;

/// <summary>Models that read the same token ids must mean the same by each: a reference and a critic read the policy's, and an adapter was trained on those of its base.</summary>
public static class SharedTokens
{
    private const string TokenizerFile = "tokenizer.json";

    /// <summary>Whether a directory has a table that can be compared.</summary>
    public static bool HasTable(string directory) => File.Exists(Path.Combine(directory, TokenizerFile));

    /// <summary>Compares the token tables of two models, entry by entry.</summary>
    /// <param name="from">Directory of the model whose ids they are.</param>
    /// <param name="to">Directory of the model that reads them.</param>
    /// <param name="owner">The first one's role, such as "the policy".</param>
    /// <returns>Why the second cannot read the ids, as a sentence; null where it can, or where one has no tokenizer.json.</returns>
    /// <exception cref="CheckpointException">A tokenizer cannot be read.</exception>
    public static string? FindFault(string from, string to, string owner)
    {
        if (Path.GetFullPath(from) == Path.GetFullPath(to) || !HasTable(from) || !HasTable(to))
        {
            return null;
        }

        Tokenizer source = Tokenizer.Load(from);
        int needed = Math.Min(source.VocabularySize, RowsOf(from)), rows = RowsOf(to);
        if (rows < needed)
        {
            return $"its embedding has {rows} rows (vocab_size in config.json), but the ids of {owner}'s tokens reach {needed - 1}; use a model with {owner}'s tokenizer.";
        }

        return source.FindDifference(Tokenizer.Load(to)) is not { } difference
            ? null
            : $"its token table is not {owner}'s: {difference.Count} of {source.VocabularySize} ids differ; the first is {difference.Id}, which is {Shown(difference.Text)} in {owner} and {Shown(difference.Other)} here. "
            + $"Token ids are exchanged as they are, so both need the same tokenizer.json; use a model with {owner}'s tokenizer.";
    }

    /// <exception cref="CheckpointException">The second cannot read the first's ids.</exception>
    public static void Require(string from, string to, string owner)
    {
        if (FindFault(from, to, owner) is { } fault)
        {
            throw new CheckpointException($"{to}: {fault}");
        }
    }

    /// <summary>Unlimited for an adapter, which uses its base's embedding.</summary>
    private static int RowsOf(string directory) => PeftDirectory.IsAdapter(directory) ? int.MaxValue : HuggingFaceDirectory.ReadConfig(directory).VocabSize;

    private static string Shown(string? token) => token is null ? "no token" : $"\"{ShortText.Cut(token, 40)}\"";
}
