using System.Data.Common;

namespace AlignService.Jobs.Tests.Fakes;

/// <summary>The end of a process, as seen from inside: from one call of the store on, none comes back.</summary>
internal sealed class Crash(int atCall, bool afterItsWork)
{
    private int _calls;

    public bool Happened => _calls >= atCall;

    /// <summary>Does the work, or dies before or after it.</summary>
    public async Task<T> AroundAsync<T>(Func<Task<T>> work)
    {
        int call = Interlocked.Increment(ref _calls);
        if (call > atCall || (call == atCall && !afterItsWork))
        {
            throw new CrashException();
        }

        T result = await work();
        return call == atCall ? throw new CrashException() : result;
    }

    public Task AroundAsync(Func<Task> work) => AroundAsync(async () =>
    {
        await work();
        return true;
    });

    public T Around<T>(Func<T> work)
    {
        int call = Interlocked.Increment(ref _calls);
        if (call > atCall || (call == atCall && !afterItsWork))
        {
            throw new CrashException();
        }

        T result = work();
        return call == atCall ? throw new CrashException() : result;
    }

    /// <summary>A database error, because after one a worker writes nothing more.</summary>
    private sealed class CrashException : DbException
    {
        public override string Message => "the process has died";
    }
}
