namespace AlignService.Training.Fitting;

/// <summary>How large an example is.</summary>
/// <param name="PassTokens">Tokens of its share of a forward pass, what pads its own rows to one length included.</param>
/// <param name="Weight">What its numbers are means over: its completion tokens, or 1 for a pair.</param>
/// <param name="TrainedTokens">Tokens that training reads a loss from.</param>
public readonly record struct ExampleSize(int PassTokens, int Weight, int TrainedTokens);
