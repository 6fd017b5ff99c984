using AlignService.Text.Tokenization;

namespace AlignService.Text.Masks;

/// <summary>Which tokens of an encoded text stand for a part of it.</summary>
internal sealed class TokenSpans
{
    private readonly Tokenizer _tokenizer;
    private readonly string _text;
    private readonly int[] _ids;
    private readonly int[]? _ends;

    /// <param name="tokenizer">Encoded the text.</param>
    /// <param name="text">All of it.</param>
    /// <param name="ids">All its tokens, without what a post-processor adds.</param>
    internal TokenSpans(Tokenizer tokenizer, string text, int[] ids)
    {
        (_tokenizer, _text, _ids) = (tokenizer, text, ids);
        _ends = Ends();
    }

    /// <summary>The tokens that hold any of the characters [start, end), as a range; a token that reaches over an edge belongs to it.</summary>
    internal Range Of(int start, int end)
    {
        if (start >= end)
        {
            return 0..0;
        }

        return _ends is null ? OfPrefixes(start, end) : First(start + 1)..(First(end) + 1);
    }

    /// <summary>The first token that reaches at least so many characters into the text.</summary>
    private int First(int characters)
    {
        int index = Array.BinarySearch(_ends!, characters); // called where the ends are known
        index = index < 0 ? ~index : index;
        while (index > 0 && _ends![index - 1] == characters)
        {
            index--;
        }

        return Math.Min(index, _ids.Length - 1);
    }

    /// <summary>How far into the text each token reaches, where decoding gives the text back; a character of several tokens ends with the last of them, and all reach to its end.</summary>
    private int[]? Ends()
    {
        StreamingDecoder decoder = _tokenizer.CreateDecoder(skipSpecialTokens: false);
        var ends = new int[_ids.Length];
        int length = 0, held = 0;
        for (int i = 0; i <= _ids.Length; i++)
        {
            string piece = i < _ids.Length ? decoder.Append(_ids[i]) : decoder.Finish();
            if (string.CompareOrdinal(_text, length, piece, 0, piece.Length) != 0 || length + piece.Length > _text.Length)
            {
                return null;
            }

            length += piece.Length;
            for (; (piece.Length > 0 || i == _ids.Length) && held < Math.Min(i + 1, _ids.Length); held++)
            {
                ends[held] = length;
            }
        }

        return length == _text.Length ? ends : null;
    }

    /// <summary>Where decoding does not give the text back (a normaliser has changed it), the tokens before a place are those that the text before it alone encodes to.</summary>
    private Range OfPrefixes(int start, int end)
    {
        (int first, _) = Shared(start);
        (int last, bool straddles) = Shared(end);
        return first..Math.Min(_ids.Length, Math.Max(first, straddles ? last + 1 : last));
    }

    private (int Count, bool Straddles) Shared(int characters)
    {
        int[] prefix = _tokenizer.Encode(_text[..characters], addSpecialTokens: false);
        int count = prefix.AsSpan().CommonPrefixLength(_ids);
        return (count, count < prefix.Length);
    }
}
