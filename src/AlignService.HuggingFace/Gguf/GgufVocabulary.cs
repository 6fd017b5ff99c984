using System.Globalization;
using AlignService.Text.Tokenization;

namespace AlignService.HuggingFace.Gguf;

/// <summary>The tokens of a model, one for each row of its embedding: what llama.cpp reads as `tokens` and `token_type`.</summary>
internal sealed class GgufVocabulary
{
    private readonly Tokenizer _tokenizer;
    private readonly Dictionary<int, AddedToken> _added;
    private readonly List<string> _texts = [];
    private readonly List<int> _types = [];

    /// <param name="tokenizer">Of the model.</param>
    /// <param name="rowCount">Of the embedding.</param>
    /// <param name="isSentencePiece">Spaces are written as U+2581 and unknown characters as bytes.</param>
    internal GgufVocabulary(Tokenizer tokenizer, int rowCount, bool isSentencePiece)
    {
        _tokenizer = tokenizer;
        _added = tokenizer.AddedTokens.GroupBy(token => token.Id).ToDictionary(same => same.Key, same => same.Last());
        for (int id = 0; id < rowCount; id++)
        {
            GgufTokenType type = TypeOf(id, isSentencePiece);
            _types.Add((int)type);
            _texts.Add(TextOf(id, type, isSentencePiece));
        }
    }

    /// <summary>A visible space.</summary>
    internal const char Space = '\u2581';

    internal IReadOnlyList<string> Texts => _texts;

    internal IReadOnlyList<int> Types => _types;

    internal int Count => _texts.Count;

    internal GgufTokenType TypeOf(int id) => (GgufTokenType)_types[id];

    internal static string ByteText(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    private GgufTokenType TypeOf(int id, bool isSentencePiece)
    {
        string? text = _tokenizer.TokenText(id);
        return text is null ? GgufTokenType.Unused
            : isSentencePiece && id == _tokenizer.UnknownId ? GgufTokenType.Unknown
            : _added.TryGetValue(id, out AddedToken? added) ? added.Special ? GgufTokenType.Control : GgufTokenType.UserDefined
            : isSentencePiece && IsByte(text) ? GgufTokenType.Byte
            : GgufTokenType.Normal;
    }

    private static bool IsByte(string text) =>
        text is ['<', '0', 'x', _, _, '>'] && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);

    /// <summary>A row without a token gets a name that no token has: the list must have no holes, and no text twice.</summary>
    private string TextOf(int id, GgufTokenType type, bool isSentencePiece)
    {
        if (type == GgufTokenType.Unused)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"[unused row {id}]");
            while (_tokenizer.TokenId(name) is not null)
            {
                name += "_";
            }

            return name;
        }

        string text = _tokenizer.TokenText(id)!; // else the type is Unused
        return isSentencePiece && type == GgufTokenType.UserDefined ? text.Replace(Space, ' ') : text; // it is matched in the text itself
    }
}

/// <summary>`token_type`, by its numbers in the file.</summary>
internal enum GgufTokenType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
