using System.Collections.Concurrent;

namespace AlignService.Store.Resources;

/// <summary>Who writes to which upload, within this process: the newest call wins, because the one before may be that of a client which has gone without a word.</summary>
internal sealed class UploadTurns
{
    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>Ends the turn of the call before, and returns when it has ended.</summary>
    /// <exception cref="UploadTakenOverException">A still newer call came meanwhile.</exception>
    public async Task<Turn> TakeAsync(string upload)
    {
        Turn turn = new(this, upload);
        Turn? before = null;
        _turns.AddOrUpdate(upload, turn, (_, current) =>
        {
            before = current;
            return turn;
        });
        if (before is not null)
        {
            await before.GiveUpAsync();
        }

        if (turn.TakenOver.IsCancellationRequested)
        {
            turn.Dispose();
            throw UploadTakenOverException.ByNewerCall();
        }

        return turn;
    }

    internal sealed class Turn(UploadTurns turns, string upload) : IDisposable
    {
        private readonly CancellationTokenSource _takenOver = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken TakenOver => _takenOver.Token;

        public void Dispose()
        {
            turns._turns.TryRemove(KeyValuePair.Create(upload, this));
            _takenOver.Dispose();
            _ended.TrySetResult();
        }

        internal async Task GiveUpAsync()
        {
            try
            {
                await _takenOver.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }

            await _ended.Task;
        }
    }
}
