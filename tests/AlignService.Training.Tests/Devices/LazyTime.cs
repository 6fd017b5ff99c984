using AlignService.Testing;

namespace AlignService.Training.Tests.Devices;

/// <summary>A clock that a trainer asks between the phases of a step; the lazy device then runs what it has recorded.</summary>
internal sealed class LazyTime : TimeProvider
{
    public override long GetTimestamp()
    {
        LazyBackend.Run();
        return base.GetTimestamp();
    }
}
