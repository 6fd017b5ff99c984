using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.Normalizers;

internal sealed class ReplaceNormalizer(IPattern pattern, string content) : INormalizer
{
    public string Normalize(string text) => PatternField.Replace(pattern, text, content);

    // As in the library, what is written for a match stands for the match's last character.
    public int Lead(string text, int lead)
    {
        var matches = new List<PatternMatch>();
        pattern.FindMatches(text, matches);
        int grown = 0;
        foreach (PatternMatch match in matches.TakeWhile(match => match.Start < lead))
        {
            if (match.End > lead)
            {
                return match.Start + grown;
            }

            grown += content.Length - (match.End - match.Start);
        }

        return lead + grown;
    }
}
