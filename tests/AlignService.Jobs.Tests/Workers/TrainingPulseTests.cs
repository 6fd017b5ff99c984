using AlignService.Jobs.Workers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Slow is not stuck, and idle is not stuck.</summary>
public sealed class TrainingPulseTests
{
    private readonly FakeTimeProvider _clock = new();
    private long _beats;

    [Fact]
    public void Without_work_it_is_never_still()
    {
        TrainingPulse pulse = Pulse();
        Assert.Equal(TimeSpan.Zero, LookAfter(pulse, 100));
        pulse.Begin();
        pulse.End();
        Assert.Equal(TimeSpan.Zero, LookAfter(pulse, 100));
        Assert.Equal(TimeSpan.Zero, LookAfter(pulse, 100));
    }

    [Fact]
    public void Work_that_does_nothing_is_still_since_the_first_look()
    {
        TrainingPulse pulse = Pulse();
        pulse.Begin();
        Assert.Equal(TimeSpan.Zero, LookAfter(pulse, 5));
        Assert.Equal(TimeSpan.FromSeconds(5), LookAfter(pulse, 5));
        Assert.Equal(TimeSpan.FromSeconds(10), LookAfter(pulse, 5));
    }

    [Fact]
    public void A_beat_or_another_piece_of_work_begins_anew()
    {
        TrainingPulse pulse = Pulse();
        pulse.Begin();
        LookAfter(pulse, 5);
        _beats++;
        Assert.Equal(TimeSpan.Zero, LookAfter(pulse, 5));
        Assert.Equal(TimeSpan.FromSeconds(5), LookAfter(pulse, 5));
        pulse.End();
        pulse.Begin();
        Assert.Equal(TimeSpan.Zero, LookAfter(pulse, 5));
        Assert.Equal(TimeSpan.FromSeconds(5), LookAfter(pulse, 5));
    }

    private TrainingPulse Pulse() => new(() => _beats, _clock);

    private TimeSpan LookAfter(TrainingPulse pulse, int seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        return pulse.StillFor();
    }
}
