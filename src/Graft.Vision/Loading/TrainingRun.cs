using Graft.Vision.Folders;

namespace Graft.Vision.Loading;

/// <summary>One enumeration of a <see cref="TrainingLoader"/>: the batches from a place on, counted through the epochs.</summary>
internal sealed class TrainingRun(TrainingLoader loader, int firstEpoch, int firstBatch, int batches) : IBatchWork<TrainingRun.Slot>
{
    private int orderedEpoch = -1;
    private int[] order = [];

    public int Batches => batches;

    public int CountOf(int batch)
    {
        int index = Place(batch).Index;
        return loader.StartOf(index + 1) - loader.StartOf(index);
    }

    public Slot MakeSlot() => new(loader.MakeBatch(), new bool[loader.LargestBatch]);

    public void Begin(Slot slot, int batch)
    {
        (int epoch, int index) = Place(batch);
        if (epoch != orderedEpoch) (orderedEpoch, order) = (epoch, loader.OrderOf(epoch));
        (slot.Batch.Epoch, slot.Batch.Index, slot.Batch.Count) = (epoch, index, CountOf(batch));
        order.AsSpan(loader.StartOf(index), slot.Batch.Count).CopyTo(slot.Batch.Items);
    }

    public void Fill(Slot slot, int batch, int row, FileReader reader)
    {
        int item = slot.Batch.Items[row];
        slot.Batch.Labels[row] = loader.Items[item].Label;
        slot.Usable[row] = loader.Fill(item, slot.Batch.Epoch, loader.StartOf(slot.Batch.Index) + row, slot.Batch.Row(row), reader);
    }

    public void Finish(Slot slot, int batch)
    {
        slot.Batch.Close(slot.Usable.AsSpan(0, slot.Batch.Count), loader.Items);
        loader.Mix(slot.Batch);
    }

    private (int Epoch, int Index) Place(int batch)
    {
        (long epochs, long index) = Math.DivRem((long)firstBatch + batch, loader.BatchesPerEpoch);
        return (firstEpoch + (int)epochs, (int)index);
    }

    internal sealed record Slot(TrainingBatch Batch, bool[] Usable);
}
