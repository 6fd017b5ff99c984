namespace AlignService.Text.Tokenization;

/// <summary>A part of a text: an added token, or (without one) what is between.</summary>
internal readonly record struct TextSegment(int Start, int Length, AddedToken? Token);
