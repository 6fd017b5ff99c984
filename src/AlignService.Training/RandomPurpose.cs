namespace AlignService.Training;

/// <summary>What a random stream of a run is for, besides sampling: each purpose has streams of its own.</summary>
internal enum RandomPurpose
{
    PromptOrder = 1,
    RowOrder = 2,
    ShuffledRewards = 3,
    Evaluation = 4,
    AdapterStart = 8,
    AdapterDropout = 9,
}
