namespace AlignService.Server.Rpc;

/// <summary>No further job is taken until some have started or ended.</summary>
internal sealed class QueueFullException(int limit) : AlignException(
    $"{limit} jobs are queued already, which is the server's limit; wait until some have started, cancel some, or raise the server's limit of queued jobs.")
{
    public int Limit => limit;
}
