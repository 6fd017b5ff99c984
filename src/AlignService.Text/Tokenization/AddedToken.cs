using System.Globalization;
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

/// <summary>Reads <c>added_tokens</c> of tokenizer.json, and what the files beside it add.</summary>
internal static class AddedTokenReader
{
    /// <param name="vocabulary">The model's tokens. A missing token gets the next free id, as in the tokenizers library.</param>
    /// <param name="field">Of tokenizer.json.</param>
    /// <param name="others">Of the files beside it, in the order of their ids; those whose text is not among the file's are added behind them, as transformers does.</param>
    public static List<AddedToken> Read(JsonField field, Vocabulary vocabulary, IReadOnlyList<(AddedToken Token, string Place)> others)
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        int next = vocabulary.Count;
        foreach (JsonField item in field.IsNull ? [] : field.Items())
        {
            Add(Token(item), item.Path);
        }

        foreach ((AddedToken token, string place) in others.Where(other => !tokens.ContainsKey(other.Token.Content)))
        {
            Add(token, place);
        }

        return [.. tokens.Values];

        void Add(AddedToken token, string place)
        {
            if (token.Content.Length == 0)
            {
                return;
            }

            int id = vocabulary.Id(token.Content) ?? (tokens.TryGetValue(token.Content, out AddedToken? known) ? known.Id : next);
            if (id != token.Id)
            {
                throw new CheckpointException(
                    $"{place}: the added token '{token.Content}' has the id {token.Id}, but in the vocabulary it is {id}. " +
                    "Libraries handle this differently; fix the file.");
            }

            next = Math.Max(next, id + 1);
            tokens[token.Content] = token;
        }
    }

    /// <summary><c>added_tokens_decoder</c> of tokenizer_config.json: descriptions by id. Where it is absent, added_tokens.json: ids by text.</summary>
    public static IReadOnlyList<(AddedToken Token, string Place)> ReadOthers(JsonField? config, JsonField? plain, IReadOnlyCollection<string> specialTexts)
    {
        if (config?["added_tokens_decoder"] is { IsNull: false } described)
        {
            return [.. described.Members()
                .Select(member => (Token: Token(member.Value, Id(member.Key, member.Value)), Place: member.Value.Path))
                .OrderBy(entry => entry.Token.Id)];
        }

        IEnumerable<KeyValuePair<string, JsonField>> ids = plain?.Members() ?? [];
        return [.. ids.Select(member => (Token: Plain(member.Key, member.Value.Number(), specialTexts.Contains(member.Key)), Place: member.Value.Path)).OrderBy(entry => entry.Token.Id)];
    }

    private static int Id(string key, JsonField field) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < int.MaxValue ? id : throw new CheckpointException($"{field.Path}: the key must be a token id below {int.MaxValue}.");

    private static AddedToken Plain(string content, int id, bool isSpecial) => new(id, content) { Normalized = !isSpecial, Special = isSpecial };

    private static AddedToken Token(JsonField item) => Token(item, item["id"].Number());

    private static AddedToken Token(JsonField item, int id)
    {
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
