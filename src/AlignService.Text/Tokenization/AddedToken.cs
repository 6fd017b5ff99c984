using AlignService.Text.Tokenization.Files;
using AlignService.Text.Tokenization.Subwords;

namespace AlignService.Text.Tokenization;

/// <summary>A token that is matched in the text before any merging.</summary>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Not matched inside a word.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Includes the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Includes the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Matched in normalized text, itself normalized.</summary>
    public bool Normalized { get; init; }

    /// <summary>Left out when special tokens are skipped.</summary>
    public bool Special { get; init; }
}

/// <summary>Reads <c>added_tokens</c> of tokenizer.json.</summary>
internal static class AddedTokenReader
{
    /// <param name="vocabulary">The model's tokens. A missing token gets the next free id, as in the tokenizers library.</param>
    public static List<AddedToken> Read(JsonField field, Vocabulary vocabulary)
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        int next = vocabulary.Count;
        foreach (JsonField item in field.IsNull ? [] : field.Items())
        {
            AddedToken token = Token(item);
            if (token.Content.Length == 0)
            {
                continue;
            }

            int id = vocabulary.Id(token.Content) ?? (tokens.TryGetValue(token.Content, out AddedToken? known) ? known.Id : next);
            if (id != token.Id)
            {
                throw new CheckpointException(
                    $"{item.Path}: the added token '{token.Content}' has the id {token.Id}, but in the vocabulary it is {id}. " +
                    "Libraries handle this differently; fix the file.");
            }

            next = Math.Max(next, id + 1);
            tokens[token.Content] = token;
        }

        return [.. tokens.Values];
    }

    private static AddedToken Token(JsonField item)
    {
        int id = item["id"].Number();
        bool isSpecial = item["special"].Flag(absent: false);
        return new AddedToken(id < int.MaxValue ? id : throw item["id"].Wrong($"an id below {int.MaxValue}"), item["content"].Text())
        {
            SingleWord = item["single_word"].Flag(absent: false),
            LeftStrip = item["lstrip"].Flag(absent: false),
            RightStrip = item["rstrip"].Flag(absent: false),
            Normalized = item["normalized"].Flag(absent: !isSpecial),
            Special = isSpecial,
        };
    }
}
