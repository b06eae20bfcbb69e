let held = 0;

/** Whether anything asked for is still to come: under way, or waiting to be asked again. */
export function isPending(): boolean {
  return held > 0;
}

/** Says that an answer is still to come, until what is given back is called; calling that again does nothing. */
export function holdPending(): () => void {
  let isHeld = true;
  held++;
  return () => {
    if (isHeld) {
      isHeld = false;
      held--;
    }
  };
}
