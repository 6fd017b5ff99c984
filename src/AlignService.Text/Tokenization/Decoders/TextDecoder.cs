namespace AlignService.Text.Tokenization.Decoders;

/// <summary>The decoders of a tokenizer in sequence, with support for decoding a text in parts.</summary>
internal sealed class TextDecoder
{
    private const char Replacement = '\uFFFD';

    private readonly IReadOnlyList<IDecoder> _decoders;
    private readonly IReadOnlyList<IDecoder>? _continuing;
    private readonly int _byteFallback;

    public TextDecoder(IReadOnlyList<IDecoder> decoders)
    {
        _decoders = decoders;
        _continuing = Continuing(decoders);
        _byteFallback = decoders.ToList().FindIndex(decoder => decoder is ByteFallbackDecoder);
    }

    public string Decode(List<string> tokens) => Run(_decoders, tokens, atStart: true);

    /// <summary>The text of tokens after a position for which <see cref="CanContinueAfter"/> was true.</summary>
    public string DecodeContinuing(List<string> tokens) => Run(_continuing ?? _decoders, tokens, atStart: false);

    /// <summary>
    /// Whether the text of all tokens up to this one is final whatever follows, so what follows can be decoded separately.
    /// </summary>
    /// <param name="token">The last token.</param>
    /// <param name="text">The text of the tokens so far.</param>
    public bool CanContinueAfter(string token, string text)
    {
        if (_continuing is null || text.Length == 0 || text[^1] == Replacement)
        {
            return false;
        }

        if (_byteFallback < 0)
        {
            return true;
        }

        // Further bytes can spoil a run of byte tokens as a whole.
        List<string> parts = [token];
        foreach (IDecoder decoder in _decoders.Take(_byteFallback))
        {
            parts = decoder.Decode(parts, atStart: false);
        }

        return parts.Count == 0 || ByteFallbackDecoder.ByteOf(parts[^1]) is null;
    }

    private static string Run(IReadOnlyList<IDecoder> decoders, List<string> tokens, bool atStart)
    {
        foreach (IDecoder decoder in decoders)
        {
            tokens = decoder.Decode(tokens, atStart);
        }

        return string.Concat(tokens);
    }

    // The decoders for the rest of a text. Behind the joining of all tokens only the removal of characters at the start can be done without
    // (the start is past); anything else there would have to see the whole text again: null.
    private static List<IDecoder>? Continuing(IReadOnlyList<IDecoder> decoders)
    {
        var continuing = new List<IDecoder>();
        bool isJoined = false;
        foreach (IDecoder decoder in decoders)
        {
            if (isJoined && decoder is StripDecoder { StopCount: 0 })
            {
                continue;
            }

            if (isJoined && decoder is not FuseDecoder)
            {
                return null;
            }

            continuing.Add(decoder);
            isJoined |= decoder is FuseDecoder or ByteLevelDecoder or JoinDecoder;
        }

        return continuing.Count(decoder => decoder is ByteFallbackDecoder) <= 1 ? continuing : null;
    }
}
