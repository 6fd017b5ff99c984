namespace AlignService.Model.Sampling;

/// <summary>A chosen token and what is known of the distribution that it came from.</summary>
/// <param name="TokenId">The chosen id.</param>
/// <param name="LogProb">Nats, under softmax(logits / temperature): full support, no penalty, as training computes it. Greedy: at temperature 1.</param>
/// <param name="KeptMass">Mass of the kept tokens before truncation, after penalty and temperature; 1 where nothing was cut, and for greedy.</param>
/// <param name="Entropy">Nats, of the distribution of <paramref name="LogProb"/>.</param>
public readonly record struct TokenSample(int TokenId, float LogProb, float KeptMass, float Entropy);
