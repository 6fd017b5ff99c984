using AlignService.Text.Tokenization.PreTokenizers;

namespace AlignService.Text.Tokenization.Decoders;

/// <summary>Visible spaces become spaces; those of the first token, which were put in front, vanish.</summary>
internal sealed class MetaspaceDecoder(string replacement, PrependScheme scheme) : IDecoder
{
    public List<string> Decode(List<string> tokens, bool atStart)
    {
        var decoded = new List<string>(tokens.Count);
        foreach (string token in tokens)
        {
            bool isFirst = atStart && decoded.Count == 0 && scheme != PrependScheme.Never;
            decoded.Add(token.Replace(replacement, isFirst ? "" : " ", StringComparison.Ordinal));
        }

        return decoded;
    }
}
