namespace AlignService.Model.Tokenization.Normalizers;

/// <summary>Rewrites a text before it is cut into pieces.</summary>
internal interface INormalizer
{
    string Normalize(string text);
}
