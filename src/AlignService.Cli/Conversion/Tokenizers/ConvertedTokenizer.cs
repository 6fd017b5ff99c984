using System.Text.Json.Nodes;
using ReferenceTokenizer = Microsoft.ML.Tokenizers.Tokenizer;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>A tokenizer.json made from another file, and the same file as Microsoft.ML.Tokenizers reads it.</summary>
/// <param name="Source">Name of the file that it was made from.</param>
/// <param name="Json">The tokenizer.json.</param>
/// <param name="Reference">Encodes without the special tokens around a text.</param>
/// <param name="ReferenceVocabulary">Ids by the reference, of tokens as the tokenizer.json writes them.</param>
/// <param name="Notes">What the files left open, and how it was resolved.</param>
internal sealed record ConvertedTokenizer(string Source, JsonObject Json, ReferenceTokenizer Reference, IReadOnlyDictionary<string, int> ReferenceVocabulary, IReadOnlyList<string> Notes)
{
    /// <exception cref="CheckpointException">A token's id differs from the one Microsoft.ML.Tokenizers reads, or only one of the two knows the token.</exception>
    public void CheckVocabulary()
    {
        JsonObject vocabulary = Json["model"]!["vocab"]!.AsObject();
        string[] wrong =
        [
            .. vocabulary.Where(token => !ReferenceVocabulary.TryGetValue(token.Key, out int id) || id != (int)token.Value!).Select(token => $"{token.Key} ({token.Value})"),
            .. ReferenceVocabulary.Keys.Where(token => !vocabulary.ContainsKey(token)),
        ];
        if (wrong.Length > 0)
        {
            throw new CheckpointException($"{Source}: {wrong.Length} tokens have other ids in Microsoft.ML.Tokenizers, starting with {string.Join(", ", wrong.Take(5))}; no tokenizer.json was written, because it might be wrong.");
        }
    }
}
