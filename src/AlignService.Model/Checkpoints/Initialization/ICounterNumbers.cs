namespace AlignService.Model.Checkpoints.Initialization;

/// <summary>Random numbers by position, the same on every machine.</summary>
internal interface ICounterNumbers
{
    double this[long index] { get; }
}
