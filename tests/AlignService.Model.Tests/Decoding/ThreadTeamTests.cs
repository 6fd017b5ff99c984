using AlignService.Model.Decoding.Simd;
using Xunit;

namespace AlignService.Model.Tests.Decoding;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyJobsOfManyPhases_EveryWorkerSeesWhatTheOthersDidBefore(int workerCount)
    {
        const int PhaseCount = 50;
        using var team = new ThreadTeam(workerCount);
        int[] done = new int[workerCount];
        bool[] wrong = new bool[workerCount];
        for (int job = 0; job < 20; job++)
        {
            Array.Clear(done);
            team.Run(worker =>
            {
                for (int phase = 1; phase <= PhaseCount; phase++)
                {
                    done[worker] = phase;
                    team.Meet();
                    wrong[worker] |= done.Any(reached => reached != phase);
                    team.Meet();
                }
            });
            Assert.All(done, reached => Assert.Equal(PhaseCount, reached));
            Assert.DoesNotContain(true, wrong);
        }
    }

    [Fact]
    public void Run_OneWorkerFails_ItsErrorIsThrownAndTheTeamGoesOn()
    {
        using var team = new ThreadTeam(3);
        for (int failing = 0; failing < 3; failing++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => team.Run(worker =>
            {
                if (worker == failing)
                {
                    throw new InvalidOperationException($"worker {failing}");
                }

                team.Meet();
            }));
            Assert.Equal($"worker {failing}", error.Message);

            int count = 0;
            team.Run(_ =>
            {
                team.Meet();
                Interlocked.Increment(ref count);
            });
            Assert.Equal(3, count);
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(10, 3)]
    [InlineData(7, 1)]
    public void Share_AllWorkers_CoverEverythingOnce(int count, int workerCount)
    {
        using var team = new ThreadTeam(workerCount);
        int next = 0;
        for (int worker = 0; worker < workerCount; worker++)
        {
            (int start, int end) = team.Share(count, worker);
            Assert.Equal(next, start);
            next = end;
        }

        Assert.Equal(count, next);
    }
}
