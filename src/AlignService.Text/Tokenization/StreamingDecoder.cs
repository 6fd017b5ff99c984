using System.Text;
using AlignService.Text.Tokenization.Decoders;

namespace AlignService.Text.Tokenization;

/// <summary>
/// Decodes one completion token by token. All pieces together equal decoding at once; a character with missing bytes is held
/// back. A token costs as much as those since the last safe position (usually just itself); only a decoder that needs the
/// whole text (a Replace after a Fuse) decodes everything at each token. Not thread-safe.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly TextDecoder _decoder;
    private readonly bool _skipSpecialTokens;
    private readonly List<string> _window = [];
    private bool _isContinuing;
    private int _emitted;

    internal StreamingDecoder(Tokenizer tokenizer, TextDecoder decoder, bool skipSpecialTokens) =>
        (_tokenizer, _decoder, _skipSpecialTokens) = (tokenizer, decoder, skipSpecialTokens);

    /// <summary>The text that this token completes; empty while a character is incomplete.</summary>
    public string Append(int id)
    {
        if (_tokenizer.DecodableText(id, _skipSpecialTokens) is not { } token)
        {
            return "";
        }

        _window.Add(token);
        string text = DecodeWindow();
        if (text.EndsWith('\uFFFD'))
        {
            return "";
        }

        string piece = NotYetEmitted(text);
        if (_decoder.CanContinueAfter(token, text))
        {
            _window.Clear();
            _isContinuing = true;
            _emitted = 0;
        }

        return piece;
    }

    /// <summary>What is still held back, unchanged: for the end of a completion.</summary>
    public string Finish() => NotYetEmitted(DecodeWindow());

    private string DecodeWindow() => _isContinuing ? _decoder.DecodeContinuing(_window) : _decoder.Decode(_window);

    // Counted in characters: a run of bytes that turns out to be broken is decoded to other characters than before.
    private string NotYetEmitted(string text)
    {
        int start = 0;
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            start += count < _emitted ? rune.Utf16SequenceLength : 0;
            count++;
        }

        _emitted = Math.Max(count, _emitted);
        return text[start..];
    }
}
