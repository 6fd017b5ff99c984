using System.Buffers;
using System.Globalization;
using AlignService.Text.Tokenization.Characters;
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

/// <summary>Finds added tokens in a text: leftmost, then longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, List<(string Sought, AddedToken Token)>> _byFirst = [];
    private readonly SearchValues<string> _sought;

    /// <param name="tokens">The tokens with the text to match for each.</param>
    public AddedTokenFinder(IEnumerable<(string Sought, AddedToken Token)> tokens)
    {
        foreach ((string sought, AddedToken token) in tokens.Where(token => token.Sought.Length > 0).OrderByDescending(token => token.Sought.Length))
        {
            if (!_byFirst.TryGetValue(sought[0], out List<(string, AddedToken)>? candidates))
            {
                _byFirst.Add(sought[0], candidates = []);
            }

            candidates.Add((sought, token));
        }

        _sought = SearchValues.Create([.. _byFirst.Values.SelectMany(candidates => candidates).Select(candidate => candidate.Sought)], StringComparison.Ordinal);
    }

    /// <summary>Splits the text into tokens and the text between them (<see cref="TextSegment.Token"/> null).</summary>
    public List<TextSegment> Split(string text)
    {
        var segments = new List<TextSegment>();
        int done = 0;
        for (int at = 0; Find(text, at) is var (start, length, token); at = start + length)
        {
            int end = start + length;
            if (token.SingleWord && (IsWordBefore(text, start) || IsWordAt(text, end)))
            {
                continue;
            }

            int from = token.LeftStrip ? Math.Max(start - SpaceBefore(text, start), done) : start;
            end += token.RightStrip ? SpaceAt(text, end) : 0;
            if (from > done)
            {
                segments.Add(new TextSegment(done, from - done, null));
            }

            // A token of spaces whose place an earlier one has swallowed is none.
            if (end > from)
            {
                segments.Add(new TextSegment(from, end - from, token));
            }

            done = end;
        }

        if (done < text.Length)
        {
            segments.Add(new TextSegment(done, text.Length - done, null));
        }

        return segments;
    }

    private (int Start, int Length, AddedToken Token)? Find(string text, int from)
    {
        if (_byFirst.Count == 0 || from >= text.Length || text.AsSpan(from).IndexOfAny(_sought) is not (>= 0 and int offset))
        {
            return null;
        }

        // Candidates stand in the order of their length, the longest first.
        int start = from + offset;
        (string sought, AddedToken token) = _byFirst[text[start]].Find(candidate =>
            string.CompareOrdinal(text, start, candidate.Sought, 0, candidate.Sought.Length) == 0);
        return (start, sought.Length, token);
    }

    private static bool IsWordBefore(string text, int index) => index > 0 && UnicodeClass.IsWord(UnicodeClass.ScalarBefore(text, index, out _));

    private static bool IsWordAt(string text, int index) => index < text.Length && UnicodeClass.IsWord(UnicodeClass.ScalarAt(text, index, out _));

    private static int SpaceBefore(string text, int index) => index - text.AsSpan(0, index).TrimEnd().Length;

    private static int SpaceAt(string text, int index) => text.Length - index - text.AsSpan(index).TrimStart().Length;
}

/// <summary>A part of a text: an added token, or (without one) the text between.</summary>
internal readonly record struct TextSegment(int Start, int Length, AddedToken? Token);
