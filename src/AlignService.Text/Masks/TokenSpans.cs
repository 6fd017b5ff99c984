using AlignService.Text.Tokenization;

namespace AlignService.Text.Masks;

/// <summary>Which tokens of an encoded text cover a part of it.</summary>
internal sealed class TokenSpans
{
    private readonly Tokenizer _tokenizer;
    private readonly string _text;
    private readonly int[] _ids;
    private readonly int[]? _ends;

    /// <param name="tokenizer">The tokenizer that encoded the text.</param>
    /// <param name="text">The whole text.</param>
    /// <param name="ids">All its tokens, without those added by a post-processor.</param>
    internal TokenSpans(Tokenizer tokenizer, string text, int[] ids)
    {
        (_tokenizer, _text, _ids) = (tokenizer, text, ids);
        _ends = Ends();
    }

    /// <summary>The range of tokens that cover any of the characters [start, end); a token that crosses an edge is included.</summary>
    internal Range Of(int start, int end)
    {
        if (start >= end)
        {
            return 0..0;
        }

        return _ends is null ? OfPrefixes(start, end) : First(start + 1)..(First(end) + 1);
    }

    /// <summary>The first token that ends at or after this many characters of the text.</summary>
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

    /// <summary>Where each token ends in the text, if decoding restores the text; tokens of one character all end at its end.</summary>
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

    /// <summary>If decoding does not restore the text (a normalizer changed it), the tokens before a position are those that the text before it encodes to.</summary>
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
