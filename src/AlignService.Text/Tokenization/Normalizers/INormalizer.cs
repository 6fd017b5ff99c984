namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Rewrites a text before it is cut into pieces.</summary>
internal interface INormalizer
{
    string Normalize(string text);

    /// <summary>How much of the normalized text stands for the first character of the whole input.</summary>
    /// <param name="text">Before normalization.</param>
    /// <param name="lead">How many units at its front stand for that character; 0: it is gone.</param>
    int Lead(string text, int lead);
}
