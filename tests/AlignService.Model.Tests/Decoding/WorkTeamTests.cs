using AlignService.Model.Decoding.Simd;
using Xunit;

namespace AlignService.Model.Tests.Decoding;

public sealed class WorkTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyPhases_EveryItemIsDoneOnceAndAfterThePhaseBeforeIt(int workerCount)
    {
        using var team = new WorkTeam(workerCount);
        for (int work = 0; work < 50; work++)
        {
            var counted = new CountedWork(phaseCount: 40, itemCount: 1 + (work % 7));
            team.Run(counted);
            Assert.False(counted.SawUnfinishedPhase);
            Assert.All(counted.Done, phase => Assert.All(phase, count => Assert.Equal(1, count)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_AnItemFails_ItsErrorIsThrownAndTheTeamGoesOn(int workerCount)
    {
        using var team = new WorkTeam(workerCount);
        for (int failing = 0; failing < 5; failing++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => team.Run(5, item =>
            {
                if (item == failing)
                {
                    throw new InvalidOperationException($"item {item}");
                }
            }));
            Assert.Equal($"item {failing}", error.Message);

            int sum = 0;
            team.Run(5, item => Interlocked.Add(ref sum, item));
            Assert.Equal(10, sum);
        }
    }

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(97, 1000, 4)]
    [InlineData(64, 1_000_000, 4)]
    [InlineData(3, 5, 4)]
    public void Share_AllItems_CoverEverythingOnceInWholeGrains(int thingCount, long costOfOne, int granularity)
    {
        WorkShare share = WorkShare.Of(thingCount, costOfOne, granularity);
        int next = 0;
        for (int item = 0; item < share.ItemCount; item++)
        {
            (int start, int end) = share.Item(item);
            Assert.Equal(next, start);
            Assert.True(end > start && (end % granularity == 0 || end == thingCount));
            next = end;
        }

        Assert.Equal(thingCount, next);
    }

    private sealed class CountedWork(int phaseCount, int itemCount) : IPhasedWork
    {
        public int[][] Done { get; } = [.. Enumerable.Range(0, phaseCount).Select(_ => new int[itemCount])];

        public bool SawUnfinishedPhase { get; private set; }

        public int PhaseCount => phaseCount;

        public int ItemCount(int phase) => itemCount;

        public void Do(int phase, int item, int worker)
        {
            if (phase > 0 && Done[phase - 1].Any(count => Volatile.Read(ref count) != 1))
            {
                SawUnfinishedPhase = true;
            }

            Interlocked.Increment(ref Done[phase][item]);
        }
    }
}
