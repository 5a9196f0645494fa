namespace Graft.Hosting;

/// <summary>A file that took the place of the one that is served, and cannot be served itself.</summary>
/// <param name="Reason">Why.</param>
/// <param name="At">When it was tried last.</param>
public sealed record ReloadFailure(string Reason, DateTimeOffset At);
