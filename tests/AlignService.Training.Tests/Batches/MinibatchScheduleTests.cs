using AlignService.Training.Batches;
using Xunit;

namespace AlignService.Training.Tests.Batches;

public sealed class MinibatchScheduleTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 603).Select(i => 1 + (i * 37 % 101))];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Batch_OverAnEpoch_TakesEveryExampleOnce(bool groupByLength)
    {
        MinibatchSchedule schedule = new(Lengths, 8, seed: 3, groupByLength);
        foreach (int epoch in new[] { 0, 1 })
        {
            int[] taken = [.. Enumerable.Range(epoch * schedule.StepsPerEpoch, schedule.StepsPerEpoch).SelectMany(schedule.Batch)];
            Assert.Equal(Enumerable.Range(0, Lengths.Length), taken.Order());
        }

        Assert.Equal(76, schedule.StepsPerEpoch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Batch_OfAStepAlone_IsThatOfTheWholeRun(bool groupByLength)
    {
        MinibatchSchedule whole = new(Lengths, 8, seed: 3, groupByLength);
        int[][] batches = [.. Enumerable.Range(0, 200).Select(whole.Batch)];
        foreach (int step in new[] { 0, 75, 76, 199 })
        {
            Assert.Equal(batches[step], new MinibatchSchedule(Lengths, 8, seed: 3, groupByLength).Batch(step));
        }

        Assert.NotEqual(batches[0], new MinibatchSchedule(Lengths, 8, seed: 4, groupByLength).Batch(0));
        Assert.NotEqual(batches[0], batches[76]);
    }

    [Fact]
    public void Batch_GroupedByLength_PadsLittle()
    {
        Assert.True(Padding(groupByLength: true) < 0.1 * Padding(groupByLength: false), $"{Padding(true)} against {Padding(false)} tokens");
    }

    private static int Padding(bool groupByLength)
    {
        MinibatchSchedule schedule = new(Lengths, 8, seed: 3, groupByLength);
        return Enumerable.Range(0, schedule.StepsPerEpoch).Select(schedule.Batch).Sum(batch => batch.Sum(row => batch.Max(other => Lengths[other]) - Lengths[row]));
    }
}
