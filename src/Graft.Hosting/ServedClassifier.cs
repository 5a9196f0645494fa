using Graft.Vision;

namespace Graft.Hosting;

/// <summary>
/// A classifier and how many use it: the one who serves it, and each call that is under way. With the last it is disposed, once and for all.
/// </summary>
/// <param name="classifier">The classifier, which belongs to this object from now on.</param>
/// <param name="model">What it is.</param>
/// <param name="disposed">Told after it was disposed.</param>
internal sealed class ServedClassifier(ImageClassifier classifier, ServedModel model, Action disposed)
{
    private int users = 1;

    /// <summary>The classifier, for who has entered.</summary>
    public ImageClassifier Classifier => classifier;

    /// <summary>What it is.</summary>
    public ServedModel Model => model;

    /// <summary>Begins a use; false where the last one has ended, and there will be no other.</summary>
    public bool TryEnter()
    {
        int seen = Volatile.Read(ref users);
        while (seen > 0)
        {
            int now = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (now == seen) return true;
            seen = now;
        }

        return false;
    }

    /// <summary>Ends a use.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref users) > 0) return;
        classifier.Dispose();
        disposed();
    }
}
