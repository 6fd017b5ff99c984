using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Specs.Tests.Rewards.Remote;

/// <summary>What was answered is there again after the process is not, to the last bit; whatever a crash left at the end of a file.</summary>
public sealed class ScoreJournalTests : IDisposable
{
    private static readonly ScoringMoment Second = new(2, IsEvaluation: false);

    private readonly string _folder = Directory.CreateTempSubdirectory("align-journal-").FullName;

    private string Folder => Path.Combine(_folder, "scores");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_AfterwardsByAnotherWorker_HasTheSameBits()
    {
        double[] values = [0.1 + 0.2, -0.0, double.Epsilon, double.MaxValue, 1 / 3.0];
        using (ScoreJournal first = ScoreJournal.Open(Folder, 1, 0))
        {
            for (int i = 0; i < values.Length; i++)
            {
                first.Add((UInt128)i << 70, Second, [ScoreAnswer.Of(values[i])]);
            }

            first.Add(77, Second, [ScoreAnswer.None("a \"reason\"\nin two lines, 漢 \ud800"), new ScoreAnswer(null, null, [0.1, null, values[4]])]);
            first.AddFault(78, Second, "no answer");
            Assert.Null(first.TakeFault());
        }

        using ScoreJournal second = ScoreJournal.Open(Folder, 2, 0);

        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal(BitConverter.DoubleToInt64Bits(values[i]), BitConverter.DoubleToInt64Bits(Assert.Single(second.Find((UInt128)i << 70, Second, cached: false)!).Score!.Value));
        }

        IReadOnlyList<ScoreAnswer> pair = second.Find(77, Second, cached: false)!;
        Assert.Equal("a \"reason\"\nin two lines, 漢 \ufffd", pair[0].NoScore);
        Assert.Equal([0.1, null, values[4]], pair[1].Segments);
        Assert.Equal("no answer", second.FindFault(78, Second));
        Assert.Null(second.Find(78, Second, cached: true));
    }

    /// <summary>Cut at every byte of its last line, the file has all lines but that one, and takes new ones.</summary>
    [Fact]
    public void Open_ATornLastLine_IsPassedOver()
    {
        using (ScoreJournal first = ScoreJournal.Open(Folder, 1, 0))
        {
            first.Add(1, Second, [ScoreAnswer.Of(0.25)]);
            first.Add(2, Second, [ScoreAnswer.Of(0.75)]);
        }

        string file = Assert.Single(Directory.GetFiles(Folder));
        byte[] whole = File.ReadAllBytes(file);
        int start = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = start; length < whole.Length - 1; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            using (ScoreJournal same = ScoreJournal.Open(Folder, 1, 0))
            {
                Assert.NotNull(same.Find(1, Second, cached: false));
                Assert.Null(same.Find(2, Second, cached: false));
                same.Add(3, Second, [ScoreAnswer.Of(0.5)]);
            }

            using ScoreJournal again = ScoreJournal.Open(Folder, 2, 0);
            Assert.NotNull(again.Find(1, Second, cached: false));
            Assert.Equal(0.5, Assert.Single(again.Find(3, Second, cached: false)!).Score);
        }
    }

    /// <summary>Any changed byte costs its line and no other.</summary>
    [Fact]
    public void Open_AChangedByte_CostsItsLineAlone()
    {
        using (ScoreJournal first = ScoreJournal.Open(Folder, 1, 0))
        {
            for (int i = 1; i <= 3; i++)
            {
                first.Add((UInt128)i, Second, [ScoreAnswer.Of(i)]);
            }
        }

        string file = Assert.Single(Directory.GetFiles(Folder));
        byte[] whole = File.ReadAllBytes(file);
        int from = Array.IndexOf(whole, (byte)'\n') + 1, to = Array.IndexOf(whole, (byte)'\n', from);
        for (int place = from; place < to; place++)
        {
            byte[] changed = [.. whole];
            changed[place] ^= 0x04;
            File.WriteAllBytes(file, changed);
            using ScoreJournal journal = ScoreJournal.Open(Folder, 2, 0);
            Assert.Equal(1, Assert.Single(journal.Find(1, Second, cached: false)!).Score);
            Assert.Equal(3, Assert.Single(journal.Find(3, Second, cached: false)!).Score);
            Assert.True(journal.Find(2, Second, cached: false) is null or [{ Score: 2 }]); // upper and lower case of a hexadecimal digit
        }
    }

    [Fact]
    public void Find_WhereTwoWorkersDisagree_TheLaterIsRight()
    {
        using ScoreJournal slow = ScoreJournal.Open(Folder, 9, 0), later = ScoreJournal.Open(Folder, 10, 0);
        later.Add(1, Second, [ScoreAnswer.Of(2)]);
        slow.Add(1, Second, [ScoreAnswer.Of(1)]);

        using ScoreJournal next = ScoreJournal.Open(Folder, 11, 0);

        Assert.Equal(2, Assert.Single(next.Find(1, Second, cached: false)!).Score);
    }

    /// <summary>An attempt that was given up and the next one may both be answered: what the step used is what is kept.</summary>
    [Fact]
    public void Add_ASecondAnswerOfTheSameMoment_IsNotTheOneThatCounts()
    {
        using (ScoreJournal first = ScoreJournal.Open(Folder, 1, 0))
        {
            Assert.Equal(1, first.Add(1, Second, [ScoreAnswer.Of(1)])[0].Score);
            Assert.Equal(1, first.Add(1, Second, [ScoreAnswer.Of(2)])[0].Score);
        }

        using ScoreJournal next = ScoreJournal.Open(Folder, 2, 0);
        Assert.Equal(1, Assert.Single(next.Find(1, Second, cached: false)!).Score);
    }

    [Fact]
    public void Find_AStepDoneAgain_HasWhatItHadAtItsFirstTime()
    {
        ScoringMoment fifth = new(5, IsEvaluation: false), afterFifth = new(5, IsEvaluation: true), ninth = new(9, IsEvaluation: false);
        using ScoreJournal journal = ScoreJournal.InMemory();
        journal.Add(1, fifth, [ScoreAnswer.Of(5)]);
        journal.Add(1, ninth, [ScoreAnswer.Of(9)]);

        Assert.Null(journal.Find(1, Second, cached: true));
        Assert.Equal(5, journal.Find(1, fifth, cached: true)![0].Score);
        Assert.Equal(5, journal.Find(1, afterFifth, cached: true)![0].Score);
        Assert.Null(journal.Find(1, afterFifth, cached: false));
        Assert.Equal(9, journal.Find(1, ninth, cached: false)![0].Score);
    }

    [Fact]
    public void FindFault_AfterARollback_IsForgotten()
    {
        using (ScoreJournal before = ScoreJournal.Open(Folder, 1, 0))
        {
            before.AddFault(1, Second, "no answer");
            before.Add(2, Second, [ScoreAnswer.Of(2)]);
        }

        using ScoreJournal after = ScoreJournal.Open(Folder, 1, generation: 1);

        Assert.Null(after.FindFault(1, Second));
        Assert.NotNull(after.Find(2, Second, cached: false));
    }

    [Fact]
    public void Add_ToADiskThatTakesNothing_IsRememberedAndReported()
    {
        File.WriteAllText(Folder, "a file where the folder should be");
        using ScoreJournal journal = ScoreJournal.Open(Folder, 1, 0);

        journal.Add(1, Second, [ScoreAnswer.Of(1)]);

        Assert.NotNull(journal.Find(1, Second, cached: false));
        Assert.NotNull(journal.TakeFault());
        Assert.Null(journal.TakeFault());
    }

    [Fact]
    public void Add_MoreThanFitsInMemory_ForgetsTheOldest()
    {
        using ScoreJournal journal = ScoreJournal.InMemory();
        for (int i = 0; i <= ScoreJournal.MaxWeight; i++)
        {
            journal.Add((UInt128)i, Second, [ScoreAnswer.Of(i)]);
        }

        Assert.Null(journal.Find(0, Second, cached: true));
        Assert.NotNull(journal.Find(1, Second, cached: true));
        Assert.NotNull(journal.Find(ScoreJournal.MaxWeight, Second, cached: true));
    }
}
